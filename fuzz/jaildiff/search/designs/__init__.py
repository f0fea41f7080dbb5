"""Compare the designs of the review: what each would do to users of 14."""
