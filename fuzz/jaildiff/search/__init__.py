"""Make programs and run them: generators, the fuzz loop, exhaustive search, benchmarks."""
