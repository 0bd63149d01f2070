"""Events flow in and rows flow out: what people look at, and the questions asked of it."""
