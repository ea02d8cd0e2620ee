"""Template filters and tags, in the package where Django looks for them."""
