"""Classical models: everything that is fitted without gradient descent on spectra."""
