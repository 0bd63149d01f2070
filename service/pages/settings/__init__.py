"""Pages of settings: who works here, tokens, pipelines and stages, labels, sources, and the conversion policy."""
