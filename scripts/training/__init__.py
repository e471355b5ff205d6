"""Parts of train_classifier.py."""
