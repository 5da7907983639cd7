"""The registrar's desk at /desk/registration/, and the public page that proves a certificate."""
