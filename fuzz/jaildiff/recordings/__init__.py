"""What a recording says of a kernel: a model is held to it, an unknown kernel judged by it."""
