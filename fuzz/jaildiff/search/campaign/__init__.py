"""Long runs on many processors: cut into batches, counted, journalled, resumed."""
