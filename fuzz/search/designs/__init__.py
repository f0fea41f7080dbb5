"""The designs of the review side by side: what each would do to users of 14."""
