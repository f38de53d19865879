"""Routes between all ASes: rows, the kernels that route over them, and what is counted on the routes."""
