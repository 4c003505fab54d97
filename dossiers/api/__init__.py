"""The portal for programs: JSON over HTTP, by the same functions and the same rights as the pages."""
