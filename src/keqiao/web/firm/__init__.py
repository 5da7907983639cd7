"""Firms for officers at /desk/firms/, and a firm's own file at /my-firm/."""
