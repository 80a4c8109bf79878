"""Strata as CLINC150 would give them: 150 intents under a falling mix, some of them gone."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import poisson

if TYPE_CHECKING:
    from holdfast.reports.summary import Stratum

INTENTS = re.findall(
    r"\w+",
    "balance transfer bill_due pay_bill transactions spending_history order_checks freeze_account report_fraud "
    "pin_change min_payment bill_balance routing interest_rate account_blocked card_declined expiration_date "
    "credit_score credit_limit credit_limit_change apr redeem_rewards rewards_balance international_fees "
    "damaged_card replacement_card_duration new_card application_status improve_credit_score report_lost_card "
    "direct_deposit taxes w2 rollover_401k payday insurance insurance_change income pto_request pto_balance "
    "pto_used next_holiday meeting_schedule schedule_meeting date time timezone weather alarm "
    "timer reminder reminder_update calendar calendar_update todo_list todo_list_update shopping_list "
    "shopping_list_update order order_status next_song play_music update_playlist what_song whisper_mode "
    "change_volume change_speed change_accent change_language change_user_name change_ai_name reset_settings "
    "sync_device smart_home find_phone make_call text share_location current_location directions distance traffic "
    "gas gas_type mpg tire_pressure tire_change oil_change_how oil_change_when schedule_maintenance jump_start "
    "last_maintenance uber car_rental book_hotel book_flight flight_status carry_on lost_luggage plug_type "
    "travel_alert travel_notification travel_suggestion vaccines visa international_visa exchange_rate translate "
    "spelling definition measurement_conversion calculator flip_coin roll_dice fun_fact tell_joke "
    "meaning_of_life are_you_a_bot what_are_your_hobbies do_you_have_pets what_is_your_name how_old_are_you "
    "where_are_you_from who_made_you who_do_you_work_for what_can_i_ask_you user_name greeting goodbye "
    "thank_you yes no maybe repeat cancel food_last calories nutrition_info ingredients_list "
    "ingredient_substitution recipe meal_suggestion cook_time confirm_reservation cancel_reservation "
    "accept_reservations how_busy restaurant_reservation restaurant_reviews restaurant_suggestion ",
)

GONE = (
    "replacement_card_duration",
    "international_visa",
    "rollover_401k",
    "timezone",
    "jump_start",
    "ingredient_substitution",
    "travel_notification",
    "w2",
    "report_lost_card",
    "vaccines",
)


def strata(*, gone: tuple[str, ...] = GONE, seed: int = 7, candidate_rows: int = 5_000) -> list[Stratum]:
    """Counts of CLINC150 intents under a falling mix, with some intents missing from the candidate."""
    random = np.random.default_rng(seed)
    order = list(random.permutation([name for name in INTENTS if name not in GONE]))
    for place, name in enumerate(GONE):  # the lost ones live in the rarer half
        order.insert(70 + 7 * place, name)
    weights = np.arange(1, len(order) + 1) ** -0.7
    weights /= weights.sum()
    real = random.multinomial(15_000, weights)
    kept = weights * np.array([0.0 if name in gone else 1.0 for name in order])
    synthetic = random.multinomial(candidate_rows, kept / kept.sum())
    for name in gone[-2:]:
        synthetic[order.index(name)] = 2
    table: list[Stratum] = []
    for name, r, c in zip(order, real.tolist(), synthetic.tolist(), strict=True):
        expected = candidate_rows * r / 15_000
        table.append(
            {
                "stratum": str(name),
                "real_rows": r,
                "candidate_rows": c,
                "real_share": r / 15_000,
                "candidate_share": c / candidate_rows,
                "expected_rows": expected,
                "retention": c / expected,
                "interval": ratio_interval(c, r, candidate_rows / 15_000),
                "p_value": float(poisson.cdf(c, expected)),
                "lost": name in gone,
            }
        )
    table.sort(key=lambda row: (not row["lost"], row["retention"] or 0.0))
    return table


def ratio_interval(candidate: int, real: int, scale: float) -> tuple[float, float]:
    """A rough 95 % interval of a ratio of counts."""
    expected = real * scale
    if candidate == 0:
        return (0.0, 3.69 / expected)
    spread = 1.96 * math.sqrt(1 / candidate + 1 / real)
    return (candidate / expected * math.exp(-spread), candidate / expected * math.exp(spread))
