"""How checks are declared, found and worded."""
