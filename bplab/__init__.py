"""bplab: a course on backpropagation."""
