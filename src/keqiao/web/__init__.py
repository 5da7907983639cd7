"""What people see: pages by room, templates, the stylesheet. The only place besides `api` that knows HTTP."""
