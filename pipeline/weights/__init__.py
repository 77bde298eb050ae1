"""Model weights: known by digest, fetched from several sources, kept in one store.

`pipeline.weights.store.resolve` is the door: a name or folder in, a folder with checked files out.
"""
