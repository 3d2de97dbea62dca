"""What the bytes say: certificates, names, keys, OCSP. Bytes in, facts out."""
