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

  # Earlier versions can be deployed again for two years; the newest ten are always kept.
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "${730 * 24 * 3600}s"
    }
  }

  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"

    most_recent_versions {
      keep_count = 10
    }
  }

  depends_on = [module.foundation]
}
