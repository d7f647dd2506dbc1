"""Pages on disk and the site made from them; MkDocs stays behind one adapter."""
