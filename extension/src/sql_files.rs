//! The SQL files of the extension, in the order in which they are run: that the schema is closed, roles and types, then the
//! functions by subject, then what needs them all.

use pgrx::prelude::*;

extension_sql_file!("../../sql/setup/_campaign_check_closed.sql", name = "_campaign_check_closed", bootstrap);
extension_sql_file!("../../sql/setup/roles.sql", name = "roles", requires = ["_campaign_check_closed"]);
extension_sql_file!("../../sql/setup/types.sql", name = "types", requires = ["roles"]);

// setup
extension_sql_file!("../../sql/setup/_campaign_lock_orders.sql", name = "_campaign_lock_orders", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_warnings.sql", name = "_campaign_warnings", requires = ["types"]);
extension_sql_file!(
    "../../sql/setup/_campaign_keep_conversions.sql",
    name = "_campaign_keep_conversions",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/setup/_campaign_renew_tables.sql",
    name = "_campaign_renew_tables",
    requires = ["types"]
);
extension_sql_file!("../../sql/setup/_campaign_add_columns.sql", name = "_campaign_add_columns", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_attach_shop.sql", name = "_campaign_attach_shop", requires = ["types"]);
extension_sql_file!(
    "../../sql/setup/_campaign_check_expression.sql",
    name = "_campaign_check_expression",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/setup/_campaign_check_mapping.sql",
    name = "_campaign_check_mapping",
    requires = ["types"]
);
extension_sql_file!("../../sql/setup/_campaign_check_parts.sql", name = "_campaign_check_parts", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_check_table.sql", name = "_campaign_check_table", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_columns_of.sql", name = "_campaign_columns_of", requires = ["types"]);
extension_sql_file!(
    "../../sql/setup/_campaign_create_tables.sql",
    name = "_campaign_create_tables",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/setup/_campaign_document_keys.sql",
    name = "_campaign_document_keys",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/setup/_campaign_drop_columns.sql",
    name = "_campaign_drop_columns",
    requires = ["types"]
);
extension_sql_file!("../../sql/setup/_campaign_index_name.sql", name = "_campaign_index_name", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_key_type.sql", name = "_campaign_key_type", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_mapped.sql", name = "_campaign_mapped", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_need.sql", name = "_campaign_need", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_renew_shop.sql", name = "_campaign_renew_shop", requires = ["types"]);
extension_sql_file!(
    "../../sql/setup/_campaign_session_column.sql",
    name = "_campaign_session_column",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/setup/_campaign_set_key_types.sql",
    name = "_campaign_set_key_types",
    requires = ["types"]
);
extension_sql_file!("../../sql/setup/_campaign_table_name.sql", name = "_campaign_table_name", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_row_count.sql", name = "_campaign_row_count", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_tables_of.sql", name = "_campaign_tables_of", requires = ["types"]);
extension_sql_file!("../../sql/setup/_campaign_values_of.sql", name = "_campaign_values_of", requires = ["types"]);
extension_sql_file!("../../sql/setup/campaign_install.sql", name = "campaign_install", requires = ["types"]);
extension_sql_file!("../../sql/setup/campaign_settings.sql", name = "campaign_settings", requires = ["types"]);
extension_sql_file!("../../sql/setup/campaign_status.sql", name = "campaign_status", requires = ["types"]);
extension_sql_file!(
    "../../sql/setup/campaign_suggest_mapping.sql",
    name = "campaign_suggest_mapping",
    requires = ["types"]
);
extension_sql_file!("../../sql/setup/campaign_uninstall.sql", name = "campaign_uninstall", requires = ["types"]);

// management
extension_sql_file!(
    "../../sql/management/_campaign_check_exists.sql",
    name = "_campaign_check_exists",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/management/_campaign_check_fields.sql",
    name = "_campaign_check_fields",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/management/_campaign_check_kind.sql",
    name = "_campaign_check_kind",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/management/_campaign_check_parent.sql",
    name = "_campaign_check_parent",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/management/_campaign_details_of.sql",
    name = "_campaign_details_of",
    requires = ["types"]
);
extension_sql_file!("../../sql/management/_campaign_free_code.sql", name = "_campaign_free_code", requires = ["types"]);
extension_sql_file!("../../sql/management/_campaign_matching.sql", name = "_campaign_matching", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_activate.sql", name = "campaign_activate", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_children.sql", name = "campaign_children", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_count.sql", name = "campaign_count", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_create.sql", name = "campaign_create", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_deactivate.sql", name = "campaign_deactivate", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_delete.sql", name = "campaign_delete", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_deletion.sql", name = "campaign_deletion", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_get.sql", name = "campaign_get", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_list.sql", name = "campaign_list", requires = ["types"]);
extension_sql_file!("../../sql/management/campaign_preview.sql", name = "campaign_preview", requires = ["types"]);
extension_sql_file!(
    "../../sql/management/campaign_tracking_code.sql",
    name = "campaign_tracking_code",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/management/campaign_tracking_url.sql",
    name = "campaign_tracking_url",
    requires = ["types"]
);
extension_sql_file!("../../sql/management/campaign_update.sql", name = "campaign_update", requires = ["types"]);

// tracking
extension_sql_file!(
    "../../sql/tracking/_campaign_visits_page.sql",
    name = "_campaign_visits_page",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/tracking/_campaign_visits_since.sql",
    name = "_campaign_visits_since",
    requires = ["types"]
);
extension_sql_file!("../../sql/tracking/campaign_landing.sql", name = "campaign_landing", requires = ["types"]);
extension_sql_file!("../../sql/tracking/campaign_visits_of.sql", name = "campaign_visits_of", requires = ["types"]);

// attribution
extension_sql_file!("../../sql/attribution/triggers.sql", name = "order_triggers", requires = ["types"]);
extension_sql_file!(
    "../../sql/attribution/_campaign_order_tables.sql",
    name = "_campaign_order_tables",
    requires = ["types"]
);
extension_sql_file!("../../sql/attribution/_campaign_attach.sql", name = "_campaign_attach", requires = ["types"]);
extension_sql_file!(
    "../../sql/attribution/_campaign_backfill_batch.sql",
    name = "_campaign_backfill_batch",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/attribution/_campaign_backfill_batches.sql",
    name = "_campaign_backfill_batches",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/attribution/_campaign_backfill_done.sql",
    name = "_campaign_backfill_done",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/attribution/_campaign_check_attached.sql",
    name = "_campaign_check_attached",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/attribution/_campaign_check_order.sql",
    name = "_campaign_check_order",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/attribution/_campaign_create_views.sql",
    name = "_campaign_create_views",
    requires = ["types"]
);
extension_sql_file!("../../sql/attribution/_campaign_detach.sql", name = "_campaign_detach", requires = ["types"]);
extension_sql_file!(
    "../../sql/attribution/_campaign_order_parts.sql",
    name = "_campaign_order_parts",
    requires = ["types"]
);
extension_sql_file!("../../sql/attribution/campaign_attribute.sql", name = "campaign_attribute", requires = ["types"]);
extension_sql_file!("../../sql/attribution/campaign_backfill.sql", name = "campaign_backfill", requires = ["types"]);
extension_sql_file!("../../sql/attribution/campaign_failures.sql", name = "campaign_failures", requires = ["types"]);
extension_sql_file!("../../sql/attribution/campaign_refund.sql", name = "campaign_refund", requires = ["types"]);
extension_sql_file!(
    "../../sql/attribution/campaign_retry_failures.sql",
    name = "campaign_retry_failures",
    requires = ["types"]
);

// reports
extension_sql_file!(
    "../../sql/reports/_campaign_sessions_of.sql",
    name = "_campaign_sessions_of",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/reports/_campaign_by_day.sql",
    name = "_campaign_by_day",
    requires = ["types", "_campaign_traffic", "_campaign_sales", "_campaign_main_currency"]
);
extension_sql_file!("../../sql/reports/_campaign_starts.sql", name = "_campaign_starts", requires = ["types"]);
extension_sql_file!("../../sql/reports/_campaign_buckets.sql", name = "_campaign_buckets", requires = ["types"]);
extension_sql_file!(
    "../../sql/reports/_campaign_check_leaderboard.sql",
    name = "_campaign_check_leaderboard",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/reports/_campaign_check_page_size.sql",
    name = "_campaign_check_page_size",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/reports/_campaign_column_type.sql",
    name = "_campaign_column_type",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/reports/_campaign_conversions_by.sql",
    name = "_campaign_conversions_by",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/reports/_campaign_conversions_page.sql",
    name = "_campaign_conversions_page",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/reports/_campaign_conversions_since.sql",
    name = "_campaign_conversions_since",
    requires = ["types"]
);
extension_sql_file!("../../sql/reports/_campaign_covered.sql", name = "_campaign_covered", requires = ["types"]);
extension_sql_file!(
    "../../sql/reports/_campaign_currency_entry.sql",
    name = "_campaign_currency_entry",
    requires = ["types", "campaign_average"]
);
extension_sql_file!("../../sql/reports/_campaign_cursor.sql", name = "_campaign_cursor", requires = ["types"]);
extension_sql_file!(
    "../../sql/reports/_campaign_cursor_place.sql",
    name = "_campaign_cursor_place",
    requires = ["types"]
);
extension_sql_file!("../../sql/reports/_campaign_day_start.sql", name = "_campaign_day_start", requires = ["types"]);
extension_sql_file!("../../sql/reports/_campaign_days.sql", name = "_campaign_days", requires = ["types"]);
extension_sql_file!("../../sql/reports/_campaign_key.sql", name = "_campaign_key", requires = ["types"]);
extension_sql_file!("../../sql/reports/_campaign_label.sql", name = "_campaign_label", requires = ["types"]);
extension_sql_file!(
    "../../sql/reports/_campaign_main_currency.sql",
    name = "_campaign_main_currency",
    requires = ["types"]
);
extension_sql_file!("../../sql/reports/_campaign_members.sql", name = "_campaign_members", requires = ["types"]);
extension_sql_file!(
    "../../sql/reports/_campaign_products_of.sql",
    name = "_campaign_products_of",
    requires = ["types"]
);
extension_sql_file!("../../sql/reports/_campaign_recorded.sql", name = "_campaign_recorded", requires = ["types"]);
extension_sql_file!("../../sql/reports/_campaign_totals.sql", name = "_campaign_totals", requires = ["types"]);
extension_sql_file!("../../sql/reports/_campaign_totals_by.sql", name = "_campaign_totals_by", requires = ["types"]);
extension_sql_file!("../../sql/reports/_campaign_touches.sql", name = "_campaign_touches", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_analytics.sql", name = "campaign_analytics", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_average.sql", name = "campaign_average", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_branches.sql", name = "campaign_branches", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_breakdown.sql", name = "campaign_breakdown", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_comparison.sql", name = "campaign_comparison", requires = ["types"]);
extension_sql_file!(
    "../../sql/reports/campaign_conversions_of.sql",
    name = "campaign_conversions_of",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/reports/campaign_customer_acquisition.sql",
    name = "campaign_customer_acquisition",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/reports/campaign_customer_history.sql",
    name = "campaign_customer_history",
    requires = ["types"]
);
extension_sql_file!("../../sql/reports/campaign_leaderboard.sql", name = "campaign_leaderboard", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_live.sql", name = "campaign_live", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_metrics.sql", name = "campaign_metrics", requires = ["types"]);
extension_sql_file!(
    "../../sql/reports/campaign_order_source.sql",
    name = "campaign_order_source",
    requires = ["types"]
);
extension_sql_file!("../../sql/reports/campaign_overlap.sql", name = "campaign_overlap", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_overview.sql", name = "campaign_overview", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_platforms.sql", name = "campaign_platforms", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_products.sql", name = "campaign_products", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_rate.sql", name = "campaign_rate", requires = ["types"]);
extension_sql_file!(
    "../../sql/reports/campaign_return.sql",
    name = "campaign_return",
    requires = ["types", "campaign_rate"]
);
extension_sql_file!("../../sql/reports/campaign_roi.sql", name = "campaign_roi", requires = ["types"]);
extension_sql_file!("../../sql/reports/campaign_timeline.sql", name = "campaign_timeline", requires = ["types"]);

// snapshots
extension_sql_file!("../../sql/snapshots/campaign_schedule.sql", name = "campaign_schedule", requires = ["types"]);
extension_sql_file!(
    "../../sql/snapshots/campaign_purge_visits.sql",
    name = "campaign_purge_visits",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/snapshots/campaign_rebuild_snapshots.sql",
    name = "campaign_rebuild_snapshots",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/snapshots/campaign_verify_snapshots.sql",
    name = "campaign_verify_snapshots",
    requires = ["types", "campaign_audience_build", "campaign_audience_operators"]
);
extension_sql_file!(
    "../../sql/snapshots/_campaign_check_not_purged.sql",
    name = "_campaign_check_not_purged",
    requires = ["types"]
);
extension_sql_file!("../../sql/snapshots/_campaign_cover.sql", name = "_campaign_cover", requires = ["types"]);
extension_sql_file!(
    "../../sql/snapshots/_campaign_fold_new_sales.sql",
    name = "_campaign_fold_new_sales",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/snapshots/_campaign_fold_sales.sql",
    name = "_campaign_fold_sales",
    requires = ["types"]
);
extension_sql_file!(
    "../../sql/snapshots/_campaign_fold_visits.sql",
    name = "_campaign_fold_visits",
    requires = ["types"]
);
extension_sql_file!("../../sql/snapshots/_campaign_horizon.sql", name = "_campaign_horizon", requires = ["types"]);
extension_sql_file!(
    "../../sql/snapshots/_campaign_mark_changed.sql",
    name = "_campaign_mark_changed",
    requires = ["types"]
);
extension_sql_file!("../../sql/snapshots/_campaign_mark_late.sql", name = "_campaign_mark_late", requires = ["types"]);
extension_sql_file!(
    "../../sql/snapshots/_campaign_most_used_currency.sql",
    name = "_campaign_most_used_currency",
    requires = ["types", "campaign_audience_union", "campaign_audience_build"]
);
extension_sql_file!(
    "../../sql/snapshots/_campaign_parts.sql",
    name = "_campaign_parts",
    requires = ["types", "campaign_audience_union", "campaign_audience_build"]
);
extension_sql_file!(
    "../../sql/snapshots/_campaign_refold_visits.sql",
    name = "_campaign_refold_visits",
    requires = ["types"]
);
extension_sql_file!("../../sql/snapshots/_campaign_sales.sql", name = "_campaign_sales", requires = ["types"]);
extension_sql_file!("../../sql/snapshots/_campaign_stale.sql", name = "_campaign_stale", requires = ["types"]);
extension_sql_file!(
    "../../sql/snapshots/_campaign_traffic.sql",
    name = "_campaign_traffic",
    requires = ["types", "campaign_audience_union", "campaign_audience_build"]
);
extension_sql_file!(
    "../../sql/snapshots/_campaign_value.sql",
    name = "_campaign_value",
    requires = ["types", _campaign_host]
);
extension_sql_file!("../../sql/snapshots/campaign_snapshot.sql", name = "campaign_snapshot", requires = ["types"]);

// keys
extension_sql_file!(
    "../../sql/keys/_campaign_check_key_request.sql",
    name = "_campaign_check_key_request",
    requires = ["types"]
);
extension_sql_file!("../../sql/keys/_campaign_key_id.sql", name = "_campaign_key_id", requires = ["types"]);
extension_sql_file!("../../sql/keys/_campaign_key_role.sql", name = "_campaign_key_role", requires = ["types"]);
extension_sql_file!("../../sql/keys/campaign_create_key.sql", name = "campaign_create_key", requires = ["types"]);
extension_sql_file!("../../sql/keys/campaign_list_keys.sql", name = "campaign_list_keys", requires = ["types"]);
extension_sql_file!("../../sql/keys/campaign_revoke_key.sql", name = "campaign_revoke_key", requires = ["types"]);

// audience
extension_sql_file!("../../sql/audience/shell.sql", name = "campaign_audience_shell", requires = ["roles"]);
extension_sql_file!(
    "../../sql/audience/campaign_audience.sql",
    name = "campaign_audience_type",
    requires = [campaign_audience_in, campaign_audience_out, campaign_audience_recv, campaign_audience_send]
);
extension_sql_file!(
    "../../sql/audience/operators.sql",
    name = "campaign_audience_operators",
    requires = [
        _campaign_audience_or,
        _campaign_audience_and,
        _campaign_audience_minus,
        _campaign_audience_equal,
        _campaign_audience_unequal,
        campaign_audience_contains,
        campaign_audience_contains_all,
    ]
);
extension_sql_file!(
    "../../sql/audience/casts.sql",
    name = "campaign_audience_casts",
    requires = [_campaign_audience_to_bytea, _campaign_audience_from_bytea, campaign_audience]
);
extension_sql_file!(
    "../../sql/audience/campaign_audience_build.sql",
    name = "campaign_audience_build",
    requires = [
        _campaign_audience_build_step,
        _campaign_audience_gathered_combine,
        _campaign_audience_gathered_serial,
        _campaign_audience_gathered_deserial,
        _campaign_audience_gathered_final,
    ]
);
extension_sql_file!(
    "../../sql/audience/campaign_audience_union.sql",
    name = "campaign_audience_union",
    requires = ["campaign_audience_build", _campaign_audience_union_step]
);
extension_sql_file!(
    "../../sql/audience/campaign_audience_intersect.sql",
    name = "campaign_audience_intersect",
    requires = [
        _campaign_audience_intersect_step,
        _campaign_audience_intersect_combine,
        _campaign_audience_intersect_serial,
        _campaign_audience_intersect_deserial,
        _campaign_audience_intersect_final,
    ]
);
extension_sql_file!(
    "../../sql/audience/rights.sql",
    name = "campaign_audience_rights",
    requires = [
        "campaign_audience_operators",
        "campaign_audience_casts",
        "campaign_audience_union",
        "campaign_audience_intersect",
        campaign_audience_count,
        campaign_audience_members,
    ]
);

extension_sql_file!(
    "../../sql/attribution/rights.sql",
    name = "attribution_rights",
    requires = [
        "order_triggers",
        _campaign_settle_order,
        _campaign_retry_order,
        _campaign_backfill_orders,
        _campaign_orders_placed,
        _campaign_order_lines,
        _campaign_forget,
        _campaign_ask_as_owner,
        _campaign_base_type,
        _campaign_is_marking,
    ]
);
extension_sql_file!(
    "../../sql/tracking/rights.sql",
    name = "rights",
    requires = [
        "roles",
        campaign_track_visit,
        campaign_track_visits,
        campaign_update_activity,
        campaign_update_activities,
        campaign_identify,
        _campaign_setting,
        _campaign_match_customer,
        _campaign_uuid,
        _campaign_version,
        campaign_code_base,
        campaign_code_numbered,
        campaign_code_check,
        campaign_link,
        campaign_url_check,
        _campaign_tell_change,
        _campaign_host,
        _campaign_tally_visits,
    ]
);
extension_sql_file!("../../sql/attribution/key_overloads.sql", name = "key_overloads", finalize);
