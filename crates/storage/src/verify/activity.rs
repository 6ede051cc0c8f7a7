//! Sections 1, 2 and 4: from the end of a conversation to the lead's column.

use super::{Check, Vacuous};

macro_rules! undecided {
    () => {
        "SELECT format('call %s of business %s ended at %s without a decision', c.call_sid, c.business_id, c.ended_at)
         AS what "
    };
}
macro_rules! ended {
    ($direction:literal) => {
        concat!(
            "FROM call_log c WHERE ($1 IS NULL OR c.business_id = $1) AND c.lead_id IS NOT NULL
             AND c.call_sid IS NOT NULL AND c.ended_at < now() - interval '5 minutes' AND c.direction = '",
            $direction,
            "'"
        )
    };
}
macro_rules! without_decision {
    () => {
        " AND NOT EXISTS (SELECT FROM lead_status_events e WHERE e.business_id = c.business_id
          AND e.source = 'call_summary' AND e.source_event_id = c.call_sid)"
    };
}

macro_rules! past_its_days {
    ($by:literal) => {
        concat!(
            "FROM recordings r JOIN business_settings s USING (business_id) WHERE ($1 IS NULL OR business_id = $1)
             AND r.created_at < now() - make_interval(days => s.recording_retention_days) - interval '",
            $by,
            "'"
        )
    };
}

/// WhatsApp messages that are written down, and raw callbacks, which have had their days by more than so much.
macro_rules! raw_past_its_days {
    ($by:literal) => {
        concat!(
            "FROM business_settings s
             CROSS JOIN LATERAL (
                 SELECT 'message ' || m.message_sid AS what, m.at AS since, s.recording_retention_days AS days
                 FROM whatsapp_messages m
                 JOIN whatsapp_sessions w ON w.business_id = m.business_id AND w.id = m.session_id
                 JOIN conversations c ON c.business_id = w.business_id AND c.source = 'whatsapp_summary'
                     AND c.source_event_id = format('wa_session_%s_%s', w.id, w.canonical_key)
                 WHERE m.business_id = s.business_id
                   AND m.at < now() - make_interval(days => s.recording_retention_days) - interval '",
            $by,
            "' UNION ALL
                 SELECT format('callback %s (%s)', k.id, k.kind), k.received_at,
                        CASE k.kind WHEN 'whatsapp' THEN s.recording_retention_days ELSE 30 END
                 FROM carrier_callbacks k
                 WHERE k.business_id = s.business_id
                   AND k.received_at < now() - interval '",
            $by,
            "' - make_interval(days => CASE k.kind WHEN 'whatsapp' THEN s.recording_retention_days ELSE 30 END)) raw
             WHERE $1 IS NULL OR s.business_id = $1"
        )
    };
}

/// What leads are counted by.
macro_rules! counted {
    ($column:literal) => {
        concat!(
            "SELECT DISTINCT tenant_id, ",
            $column,
            " FROM leads WHERE ($1 IS NULL OR tenant_id = $1) AND ",
            $column,
            " IS NOT NULL AND deleted_at IS NULL"
        )
    };
}

/// Sums over the rows of a table of counts that are not the number of leads with that in a column.
macro_rules! miscounted {
    ($called:literal, $table:literal, $by:literal, $column:literal) => {
        concat!(
            "SELECT format('business %s counts %s leads in ",
            $called,
            "%s, and there are %s', business_id, coalesce(c.leads, 0), what, coalesce(l.leads, 0)) AS what
            FROM (SELECT business_id, ",
            $by,
            " AS what, sum(leads) AS leads FROM ",
            $table,
            " WHERE $1 IS NULL OR business_id = $1 GROUP BY 1, 2) c
            FULL JOIN (SELECT tenant_id AS business_id, ",
            $column,
            " AS what, count(*) AS leads FROM leads
                       WHERE ($1 IS NULL OR tenant_id = $1) AND ",
            $column,
            " IS NOT NULL AND deleted_at IS NULL GROUP BY 1, 2) l USING (business_id, what)
            WHERE coalesce(c.leads, 0) <> coalesce(l.leads, 0)"
        )
    };
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        section: 1,
        promise: "every call that ended over a minute ago is being worked on or done",
        unit: "ended calls of leads",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM call_log WHERE ($1 IS NULL OR business_id = $1)
            AND ended_at < now() - interval '1 minute' AND lead_id IS NOT NULL AND call_sid IS NOT NULL",
        wrong: "SELECT format('call %s of business %s ended at %s and nobody took it up', c.call_sid, c.business_id,
                c.ended_at) AS what
            FROM call_log c
            WHERE ($1 IS NULL OR c.business_id = $1)
              AND c.ended_at < now() - interval '1 minute' AND c.lead_id IS NOT NULL AND c.call_sid IS NOT NULL
              AND NOT EXISTS (SELECT FROM conversations v WHERE v.business_id = c.business_id
                              AND v.source = 'call_summary' AND v.source_event_id = c.call_sid)",
    },
    Check {
        section: 1,
        promise: "no conversation is stuck on its way to a summary",
        unit: "conversations",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM conversations WHERE $1 IS NULL OR business_id = $1",
        wrong: "SELECT format('conversation %s of business %s is %s and overdue since %s%s', id, business_id, state, due_at,
                ': ' || last_error) AS what
            FROM conversations
            WHERE ($1 IS NULL OR business_id = $1) AND due_at < now() - interval '10 minutes'",
    },
    Check {
        section: 1,
        promise: "every summarised conversation has its one decision",
        unit: "suggestions",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM conversations
            WHERE ($1 IS NULL OR business_id = $1) AND suggested_at < now() - interval '1 minute'",
        wrong: "SELECT format('%s of business %s was suggested at %s and never decided', v.source_event_id, v.business_id,
                v.suggested_at) AS what
            FROM conversations v
            WHERE ($1 IS NULL OR v.business_id = $1) AND v.suggested_at < now() - interval '1 minute'
              AND NOT EXISTS (SELECT FROM lead_status_events e WHERE e.business_id = v.business_id
                              AND e.source = v.source AND e.source_event_id = v.source_event_id)",
    },
    Check {
        section: 1,
        promise: "every applied decision that moved a lead has its history and its activity",
        unit: "applied decisions",
        vacuous: Vacuous::NotVerified,
        looked_at: APPLIED,
        wrong: "SELECT format('decision %s of business %s has no %s', e.id, e.business_id,
                concat_ws(' and no ', CASE WHEN h.there IS NULL THEN 'history' END,
                                      CASE WHEN a.there IS NULL THEN 'activity' END)) AS what
            FROM lead_status_events e
            LEFT JOIN LATERAL (SELECT true AS there FROM lead_status_history h WHERE h.tenant_id = e.business_id
                AND h.lead_id = e.lead_id AND h.decision_id = e.id AND h.new_status = e.to_status LIMIT 1) h ON true
            LEFT JOIN LATERAL (SELECT true AS there FROM lead_activities a WHERE a.business_id = e.business_id
                AND a.lead_id = e.lead_id AND a.type = 'status_change' AND a.payload ->> 'source' LIKE 'auto\\_%'
                AND (a.payload ->> 'decision_id')::bigint = e.id LIMIT 1) a ON true
            WHERE ($1 IS NULL OR e.business_id = $1) AND e.applied AND e.from_status IS DISTINCT FROM e.to_status
              AND (h.there IS NULL OR a.there IS NULL)",
    },
    Check {
        section: 1,
        promise: "no recording is kept over a day longer than its business says, or four where it waits for its transcript",
        unit: "recordings that have had their days",
        vacuous: Vacuous::Pass,
        looked_at: concat!("SELECT ", past_its_days!("0")),
        wrong: concat!(
            "SELECT format('recording %s of business %s is from %s and to be kept for %s days%s', r.recording_sid, business_id,
                r.created_at, s.recording_retention_days, ': ' || r.deletion_error) AS what ",
            past_its_days!("1 day"),
            " AND r.state <> 'deleted'
              AND (r.created_at < now() - make_interval(days => s.recording_retention_days) - interval '4 days'
                   OR NOT EXISTS (SELECT FROM conversations c WHERE c.business_id = r.business_id
                                  AND c.source = 'call_summary' AND c.source_event_id = r.call_sid
                                  AND c.state IN ('awaiting_recording', 'recorded')))",
        ),
    },
    Check {
        section: 1,
        promise: "nothing raw is kept over a day longer than its days: WhatsApp messages, callbacks of the carrier",
        unit: "messages and callbacks that have had their days",
        vacuous: Vacuous::Pass,
        looked_at: concat!("SELECT ", raw_past_its_days!("0")),
        wrong: concat!(
            "SELECT format('%s of business %s is from %s and to be kept for %s days', raw.what, s.business_id, raw.since,
                raw.days) AS what ",
            raw_past_its_days!("1 day"),
        ),
    },
    Check {
        section: 1,
        promise: "no webhook waits over ten minutes for an endpoint that accepts what is sent",
        unit: "webhook deliveries that wait",
        vacuous: Vacuous::Pass,
        looked_at: "SELECT FROM webhook_deliveries WHERE ($1 IS NULL OR business_id = $1) AND state = 'pending'",
        wrong: "SELECT format('delivery %s to endpoint %s of business %s is due since %s', d.id, d.endpoint_id, d.business_id,
                d.due_at) AS what
            FROM webhook_deliveries d
            JOIN webhook_endpoints e ON e.business_id = d.business_id AND e.id = d.endpoint_id
            WHERE ($1 IS NULL OR d.business_id = $1) AND d.state = 'pending' AND d.due_at < now() - interval '10 minutes'
              AND e.is_active AND e.failing_since IS NULL AND (e.rests_until IS NULL OR e.rests_until < now())",
    },
    Check {
        section: 1,
        promise: "every webhook endpoint that was switched off by itself says so in its history",
        unit: "webhook endpoints that were switched off by themselves",
        vacuous: Vacuous::Pass,
        looked_at: "SELECT FROM webhook_endpoints
            WHERE ($1 IS NULL OR business_id = $1) AND disabled_reason IN ('gone', 'failing')",
        wrong: "SELECT format('endpoint %s of business %s was switched off (%s) and its history does not say so', e.id,
                e.business_id, e.disabled_reason) AS what
            FROM webhook_endpoints e
            WHERE ($1 IS NULL OR e.business_id = $1) AND e.disabled_reason IN ('gone', 'failing')
              AND NOT EXISTS (SELECT FROM webhook_endpoint_changes c WHERE c.business_id = e.business_id
                              AND c.endpoint_id = e.id AND c.kind = 'disabled' AND c.at = e.disabled_at)",
    },
    Check {
        section: 2,
        promise: "no lead stands in a status that its business does not have or has switched off",
        unit: "leads",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM leads WHERE ($1 IS NULL OR tenant_id = $1) AND status IS NOT NULL",
        wrong: "SELECT DISTINCT format('business %s has leads in %s', l.tenant_id, l.status) AS what
            FROM leads l
            WHERE ($1 IS NULL OR l.tenant_id = $1) AND l.status IS NOT NULL
              AND l.status NOT IN (SELECT name FROM lead_statuses WHERE business_id = l.tenant_id AND is_active)",
    },
    Check {
        section: 2,
        promise: "the newest entry of a lead's history is where the lead stands",
        unit: "leads with a history",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT DISTINCT tenant_id, lead_id FROM lead_status_history WHERE $1 IS NULL OR tenant_id = $1",
        wrong: "SELECT format('lead %s of business %s stands in %s, its history says %s', l.id, l.tenant_id,
                coalesce(l.status, 'no status'), h.new_status) AS what
            FROM (SELECT DISTINCT ON (tenant_id, lead_id) tenant_id, lead_id, new_status
                  FROM lead_status_history WHERE $1 IS NULL OR tenant_id = $1
                  ORDER BY tenant_id, lead_id, id DESC) h
            JOIN leads l ON l.tenant_id = h.tenant_id AND l.id = h.lead_id
            WHERE l.deleted_at IS NULL AND l.status IS DISTINCT FROM h.new_status",
    },
    Check {
        section: 2,
        promise: "each column's count is the number of its leads",
        unit: "columns with leads",
        vacuous: Vacuous::Pass,
        looked_at: counted!("status"),
        wrong: miscounted!("", "lead_counts", "status", "status"),
    },
    Check {
        section: 2,
        promise: "each list's count is the number of its leads",
        unit: "lists with leads",
        vacuous: Vacuous::Pass,
        looked_at: counted!("outbound_list_id"),
        wrong: miscounted!("list ", "lead_list_counts", "list_id", "outbound_list_id"),
    },
    Check {
        section: 4,
        promise: "outbound calls lead to decisions",
        unit: "outbound calls that ended over five minutes ago",
        vacuous: Vacuous::NotVerified,
        looked_at: concat!("SELECT ", ended!("outbound")),
        wrong: concat!(undecided!(), ended!("outbound"), without_decision!()),
    },
    Check {
        section: 4,
        promise: "inbound calls lead to decisions",
        unit: "inbound calls that ended over five minutes ago",
        vacuous: Vacuous::NotVerified,
        looked_at: concat!("SELECT ", ended!("inbound")),
        wrong: concat!(undecided!(), ended!("inbound"), without_decision!()),
    },
    Check {
        section: 6,
        promise: "automation needs nobody at the console: no automatic change carries a person's name",
        unit: "automatic status changes",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM lead_status_history WHERE ($1 IS NULL OR tenant_id = $1) AND channel LIKE 'auto\\_%'",
        wrong: "SELECT format('change %s of business %s is automatic and by user %s', id, tenant_id, changed_by) AS what
            FROM lead_status_history
            WHERE ($1 IS NULL OR tenant_id = $1) AND channel LIKE 'auto\\_%' AND changed_by IS NOT NULL",
    },
];

const APPLIED: &str = "SELECT FROM lead_status_events
    WHERE ($1 IS NULL OR business_id = $1) AND applied AND from_status IS DISTINCT FROM to_status";
