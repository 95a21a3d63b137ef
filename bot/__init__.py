"""Guildhall's core: every file here is the kernel, every folder is a feature (`cli` and `migrations` aside)."""
