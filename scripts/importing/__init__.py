"""Parts of import_model.py. All but results.py and networks.py run without PyTorch."""
