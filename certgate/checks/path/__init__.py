"""Rules on chains as sent, on paths and on their anchors."""
