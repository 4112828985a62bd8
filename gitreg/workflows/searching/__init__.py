"""Finding: what a reference names, and which candidates a filter means, answered from the index."""
