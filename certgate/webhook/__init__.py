"""The admission webhook: judges certificates before a Kubernetes API server stores them (`certgate[webhook]`)."""
