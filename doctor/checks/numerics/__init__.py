"""Numbers: BLAS, OpenMP and threads."""
