"""Own how dates are shown to people, by language; a folder a language, as Django looks them up."""
