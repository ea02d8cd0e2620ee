resource "google_pubsub_topic" "announcements" {
  count = var.notification_topic == "" ? 0 : 1

  project = var.project_id
  name    = var.notification_topic

  depends_on = [google_project_service.used]
}

resource "google_pubsub_topic_iam_member" "publishes" {
  count = var.notification_topic == "" ? 0 : 1

  project = var.project_id
  topic   = google_pubsub_topic.announcements[0].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.application.member
}
