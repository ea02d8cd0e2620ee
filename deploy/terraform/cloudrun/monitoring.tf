module "monitoring" {
  count  = var.creates_monitoring ? 1 : 0
  source = "../monitoring"

  project_id            = var.project_id
  platform              = "cloudrun"
  host                  = trimprefix(local.base_url, "https://")
  notification_channels = var.notification_channels

  depends_on = [module.foundation]
}
