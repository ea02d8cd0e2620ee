"""The program inside each pack. Its modules become one file, so they import nothing but Python's library and each other."""
