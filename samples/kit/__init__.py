"""Parts of the sample generator: voices, alignment, placement, audio conditions, truth and checks."""
