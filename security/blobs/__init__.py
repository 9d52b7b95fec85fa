"""Where sealed scans lie: one interface, files or an object store behind it."""
