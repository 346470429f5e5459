//! Kubernetes' protobuf envelope, to and from JSON.
