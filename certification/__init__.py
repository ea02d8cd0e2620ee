"""Access reviews: campaigns in which people judge who may activate what; nothing is removed by JIT Access."""
