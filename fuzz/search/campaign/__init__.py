"""Long runs on many processors: cut, counted, journalled, resumed."""
