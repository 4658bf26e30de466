"""The engine: a child process that alone runs llama.cpp, and the parent's client of it."""
