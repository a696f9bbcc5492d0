"""Commands for people and process supervisors; each is a few lines around one function below."""
