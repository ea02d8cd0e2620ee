"""Template filters, where Django looks for them."""
