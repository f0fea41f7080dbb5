"""Parts that the page of a report is put together from."""
