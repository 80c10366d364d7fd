"""One folder per capability; `features.registry` names them."""
