"""Shared resources (科技资源): platforms, carriers, service bodies, instruments, parks."""
