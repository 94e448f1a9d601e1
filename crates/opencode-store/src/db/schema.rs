//! The tables, as `migrations/` makes them. Both databases have the same.

diesel::table! {
    #[sql_name = "opencode_sessions"]
    sessions (id) {
        id -> BigInt,
        scope -> Text,
        key -> Text,
        agent -> Text,
        upstream_id -> Nullable<Text>,
        status -> Text,
        generation -> BigInt,
        binding -> Nullable<Text>,
        permissions -> Nullable<Text>,
        server -> Nullable<Text>,
        directory -> Nullable<Text>,
        mint_token -> Nullable<Text>,
        mint_until -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    #[sql_name = "opencode_mints"]
    mints (token) {
        token -> Text,
        upstream_id -> Nullable<Text>,
        server -> Nullable<Text>,
        directory -> Nullable<Text>,
        due_at -> BigInt,
    }
}

diesel::table! {
    #[sql_name = "opencode_turns"]
    turns (id) {
        id -> BigInt,
        session_id -> BigInt,
        scope -> Text,
        idempotency_key -> Nullable<Text>,
        message_id -> Text,
        payload -> Text,
        prompt -> Nullable<Text>,
        delivery -> Text,
        lane -> BigInt,
        state -> Text,
        owner -> Nullable<Text>,
        attempt -> BigInt,
        lease_until -> BigInt,
        joined_to -> Nullable<BigInt>,
        prompted_at -> Nullable<BigInt>,
        stop -> Nullable<Text>,
        end_kind -> Nullable<Text>,
        end_message -> Nullable<Text>,
        end_detail -> Nullable<Text>,
        admitted_at -> BigInt,
        started_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        pruned_to -> BigInt,
    }
}

diesel::table! {
    #[sql_name = "opencode_long_prompts"]
    long_prompts (turn_id) {
        turn_id -> BigInt,
        prompt -> Text,
    }
}

diesel::table! {
    #[sql_name = "opencode_parts"]
    parts (turn_id, part_id) {
        turn_id -> BigInt,
        part_id -> Text,
        upstream_session -> Text,
        ordinal -> BigInt,
        body -> Text,
        grows -> Nullable<Text>,
    }
}

diesel::table! {
    #[sql_name = "opencode_part_text"]
    part_text (turn_id, part_id, at) {
        turn_id -> BigInt,
        part_id -> Text,
        at -> BigInt,
        bytes -> BigInt,
        text -> Text,
    }
}

diesel::table! {
    #[sql_name = "opencode_usage"]
    usage (turn_id, step_id) {
        turn_id -> BigInt,
        step_id -> Text,
        session_id -> BigInt,
        upstream_session -> Text,
        input -> BigInt,
        output -> BigInt,
        reasoning -> BigInt,
        cache_read -> BigInt,
        cache_write -> BigInt,
        cost_nanos -> BigInt,
    }
}

diesel::table! {
    #[sql_name = "opencode_events"]
    events (turn_id, seq) {
        turn_id -> BigInt,
        seq -> BigInt,
        payload -> Text,
    }
}

diesel::table! {
    #[sql_name = "opencode_blockers"]
    blockers (id) {
        id -> BigInt,
        turn_id -> BigInt,
        session_id -> BigInt,
        scope -> Text,
        request_id -> Text,
        upstream_session -> Text,
        kind -> Text,
        payload -> Text,
        state -> Text,
        expires_at -> Nullable<BigInt>,
        asked_at -> BigInt,
        answer -> Nullable<Text>,
        answered_by -> Nullable<Text>,
        answered_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    #[sql_name = "opencode_blobs"]
    blobs (object_key) {
        object_key -> Text,
        digest -> Text,
        size -> BigInt,
        state -> Text,
        touched_at -> BigInt,
    }
}

diesel::table! {
    #[sql_name = "opencode_artifacts"]
    artifacts (turn_id, name) {
        turn_id -> BigInt,
        name -> Text,
        content_type -> Text,
        size -> BigInt,
        digest -> Text,
        object_key -> Text,
        trust -> Nullable<Text>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    #[sql_name = "opencode_schema"]
    schema_versions (version) {
        version -> BigInt,
        name -> Text,
        digest -> Text,
        applied_at -> BigInt,
    }
}

diesel::joinable!(artifacts -> blobs (object_key));
diesel::allow_tables_to_appear_in_same_query!(
    sessions,
    mints,
    turns,
    long_prompts,
    parts,
    part_text,
    usage,
    events,
    blockers,
    blobs,
    artifacts,
);
