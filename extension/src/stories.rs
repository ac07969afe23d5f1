//! The plan's stories inside one backend, each in a transaction that is rolled back. What needs several connections,
//! other shops or a whole server is told by the tests crate.

// Clippy allows unwrap in tests, but does not know a pg_test for one.
#[allow(clippy::unwrap_used)]
#[pgrx::pg_schema]
mod tests {
    use pgrx::prelude::*;

    /// A shop with one customer, and campaigns with the codes A, B and C, A costing 250.
    fn shop() {
        Spi::run(
            "create schema shop;
             create table shop.customers (id uuid primary key);
             create table shop.orders (
               id bigint generated always as identity primary key,
               customer_id uuid references shop.customers,
               total numeric not null,
               created_at timestamptz not null default now());
             insert into shop.customers values ('11111111-1111-1111-1111-111111111111');
             select campaign_install(orders => 'shop.orders', customers => 'shop.customers');
             select campaign_create('Post ' || code, 'instagram', 'post', tracking_code => code,
                                    cost => case code when 'A' then 250 else 0 end)
               from unnest(array['A', 'B', 'C']) code;",
        )
        .unwrap();
    }

    /// A click `ago` before now.
    fn click(code: &str, session: &str, ago: &str) {
        Spi::run(&format!(
            "select campaign_track_visit('{code}', '{session}', visited_at => now() - interval '{ago}')"
        ))
        .unwrap();
    }

    /// An order placed `ago` before now; the code of the campaign that got the credit.
    fn order(session: &str, ago: &str, total: &str) -> Option<String> {
        text(&format!(
            "with placed as (
               insert into shop.orders (customer_id, total, session_id, created_at)
               values ('11111111-1111-1111-1111-111111111111', {total}, '{session}', now() - interval '{ago}')
               returning campaign_id)
             select tracking_code from placed left join campaigns on id = campaign_id"
        ))
    }

    fn text(query: &str) -> Option<String> {
        Spi::connect_mut(|client| client.update(query, None, &[]).unwrap().first().get_one::<String>().unwrap())
    }

    fn count(query: &str) -> i64 {
        Spi::get_one::<i64>(query).unwrap().unwrap()
    }

    #[pg_test]
    fn clicking_again_extends_the_same_visit() {
        shop();
        click("A", "s", "10 days");
        click("a", "s", "3 days");
        assert_eq!(count("select count(*) from campaign_visits"), 1);
        assert_eq!(
            text("select (now() - last_activity_at)::text || ' ' || (expires_at - now())::text from campaign_visits"),
            Some("3 days 27 days".to_owned())
        );
    }

    #[pg_test]
    fn last_click_wins() {
        shop();
        click("A", "s", "20 days");
        click("B", "s", "11 days");
        click("C", "s", "6 days");
        assert_eq!(order("s", "1 day", "150"), Some("C".to_owned()));
    }

    #[pg_test]
    fn a_b_a_credits_the_last_a() {
        shop();
        click("A", "s", "3 days");
        click("B", "s", "2 days");
        click("A", "s", "1 day");
        assert_eq!(order("s", "1 hour", "150"), Some("A".to_owned()));
        assert_eq!(
            text(
                "select string_agg(touch_no || ' ' || session_no || ' ' || converted, ', ' order by touch_no) from campaign_visits"
            ),
            Some("1 1 false, 2 1 false, 3 1 true".to_owned())
        );
    }

    #[pg_test]
    fn day_30_ends_to_the_microsecond() {
        shop();
        click("A", "s", "40 days");
        let at_the_end = "select expires_at - interval '1 microsecond' < now() - interval '10 days'
            and expires_at = now() - interval '10 days' from campaign_visits";
        assert_eq!(Spi::get_one::<bool>(at_the_end), Ok(Some(true)));
        assert_eq!(order("s", "10 days", "1"), None);
        assert_eq!(order("s", "10 days 0.000001 seconds", "1"), Some("A".to_owned()));
    }

    #[pg_test]
    fn window_rolls_with_activity() {
        shop();
        click("A", "s", "50 days");
        Spi::run("select campaign_update_activity('s', now() - interval '25 days')").unwrap();
        assert_eq!(order("s", "1 day", "1"), Some("A".to_owned()));
        assert_eq!(Spi::get_one::<bool>("select campaign_update_activity('nobody') is null"), Ok(Some(true)));
    }

    #[pg_test]
    fn an_expired_visit_is_not_extended() {
        shop();
        click("A", "s", "40 days");
        assert_eq!(
            Spi::get_one::<bool>("select campaign_update_activity('s', now() - interval '10 days') is null"),
            Ok(Some(true))
        );
        click("A", "s", "10 days");
        assert_eq!(count("select count(*) from campaign_visits"), 2);
    }

    #[pg_test]
    fn the_plans_figures() {
        shop();
        click("A", "s", "2 days");
        for _ in 0..45 {
            assert_eq!(order("s", "1 day", "150"), Some("A".to_owned()));
        }
        assert_eq!(
            text(
                "select concat_ws(' ', visits, conversions, revenue, roi, cost_per_conversion)
                    from campaign_roi() where tracking_code = 'A'"
            ),
            Some("1 45 6750.00 2600.00 5.56".to_owned())
        );
        assert_eq!(
            text(
                "select concat_ws(' ', visits, coalesce(roi::text, 'no roi')) from campaign_roi() where tracking_code = 'B'"
            ),
            Some("0 no roi".to_owned())
        );
    }

    #[pg_test]
    fn acquisition_only_once() {
        shop();
        click("A", "s", "2 days");
        order("s", "1 day", "10");
        click("B", "s", "2 hours");
        order("s", "1 hour", "10");
        assert_eq!(
            text("select tracking_code from shop.customers join campaigns c on c.id = acquisition_campaign_id"),
            Some("A".to_owned())
        );
    }

    #[pg_test]
    fn edits_and_deletions_correct_the_conversion() {
        shop();
        click("A", "s", "2 days");
        order("s", "1 day", "100");
        order("s", "1 day", "40");
        Spi::run("update shop.orders set total = 80 where total = 100; delete from shop.orders where total = 40")
            .unwrap();
        assert_eq!(
            text("select string_agg(concat_ws(' ', revenue, order_total, net_revenue, cancelled_at is not null), ', ' order by revenue)
                    from campaign_conversions"),
            Some("40 40 0 t, 100 80 80 f".to_owned())
        );
    }

    #[pg_test]
    fn a_batch_tells_each_element_its_own_answer() {
        shop();
        assert_eq!(
            text(
                "select string_agg(concat_ws(' ', ordinal, is_new, error_code), ', ' order by ordinal)
                   from campaign_track_visits(array['A', 'nope', 'A', 'B', null, 'A'],
                                              array['s', 's', 's', 's', 's', ''])"
            ),
            Some("1 t, 2 P0002, 3 f, 4 t, 5 22023, 6 22023".to_owned())
        );
        assert_eq!(count("select count(*) from campaign_visits where session_no = 1"), 2);
    }

    #[pg_test]
    fn bots_are_flagged_and_not_counted() {
        shop();
        let bot = "select campaign_track_visit('A', 'robot', user_agent => 'Googlebot/2.1 (+http://www.google.com/bot.html)')";
        Spi::run(bot).unwrap();
        assert_eq!(count("select count(*) from campaign_visits"), 0);
        Spi::run("set local campaign.record_bots = on").unwrap();
        Spi::run(bot).unwrap();
        assert_eq!(text("select device_type from campaign_visits"), Some("bot".to_owned()));
        assert_eq!(count("select visits from campaign_roi() where tracking_code = 'A'"), 0);
        assert_eq!(order("robot", "0 days", "10"), None);
    }

    #[pg_test(error = "campaign A is not active")]
    fn a_deactivated_campaign_takes_no_click() {
        shop();
        click("A", "s", "1 day");
        Spi::run("select campaign_deactivate(id) from campaigns where tracking_code = 'A'").unwrap();
        click("A", "s", "1 hour");
    }

    #[pg_test(error = "session_id must have at most 200 bytes")]
    fn a_long_session_is_refused() {
        shop();
        Spi::run("select campaign_track_visit('A', repeat('x', 10000))").unwrap();
    }

    #[pg_test(error = "the time of a click or view must lie between 1970 and now")]
    fn a_click_cannot_lie_in_the_future() {
        shop();
        click("A", "s", "-1 day");
    }
}
