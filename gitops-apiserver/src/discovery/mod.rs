//! What the server serves: discovery and OpenAPI documents.
