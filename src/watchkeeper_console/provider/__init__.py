"""Signing in at an OpenID Connect provider: authorization code with PKCE, state and nonce, and a verified ID token."""
