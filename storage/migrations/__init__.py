"""The numbered migrations of the store; `storage.migrate` runs the files by path, in order, once each (B97)."""
