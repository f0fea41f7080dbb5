"""`jaildiff sandbox`: two runs compared, the prompt, and how they are shown."""
