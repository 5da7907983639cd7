"""The firm behind a registry enterprise (企业档案): yearly figures, titles with their validity, rights, and one screen of all."""
