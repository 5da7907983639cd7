"""How fresh a listing is: an estimate that decays with silence, one question to its owner, one click to renew or close."""
