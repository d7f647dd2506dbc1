"""What a user declares: the study and the workspace, as frozen models, and how they are loaded."""
