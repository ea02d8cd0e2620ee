# Where the image is pushed before the first version starts; tags cannot be moved to another image.
resource "google_artifact_registry_repository" "images" {
  count = var.creates_repository ? 1 : 0

  project       = var.project_id
  location      = var.region
  repository_id = "jitaccess"
  description   = "Images of JIT Access"
  format        = "DOCKER"

  docker_config {
    immutable_tags = true
  }

  # Images of versions have a tag and are kept, so that they can be deployed again.
  cleanup_policies {
    id     = "delete-untagged"
    action = "DELETE"

    condition {
      tag_state  = "UNTAGGED"
      older_than = "2592000s"
    }
  }

  depends_on = [module.foundation]
}
