"""The rule workbench."""
