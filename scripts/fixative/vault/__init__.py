"""The vault: what must not be public, kept apart, for those who may see it.

``VAULT_ROOT/<dataset>/<sample>/<source>-<policy>/`` holds what was taken out of one object, and the source itself
where that is asked for. Folders 0700, files 0600; encrypted (Crypt4GH) where recipients are configured. An object
is sealed only after its entry stands here, whole.
"""
