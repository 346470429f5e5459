package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
)

// apply applies server-side, with the builders of client-go and two managers.
func apply(ctx context.Context, w world) error {
	deployments := w.client.AppsV1().Deployments(w.namespace)
	labels := map[string]string{"app": "applied"}
	wanted := func(replicas int32) *appsv1ac.DeploymentApplyConfiguration {
		container := corev1ac.Container().WithName("main").WithImage("nginx")
		return appsv1ac.Deployment("applied", w.namespace).WithSpec(appsv1ac.DeploymentSpec().
			WithReplicas(replicas).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(labels)).
			WithTemplate(corev1ac.PodTemplateSpec().WithLabels(labels).
				WithSpec(corev1ac.PodSpec().WithContainers(container))))
	}
	one := metav1.ApplyOptions{FieldManager: "one"}
	made, err := deployments.Apply(ctx, wanted(1), one)
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	again, err := deployments.Apply(ctx, wanted(1), one)
	if err != nil {
		return err
	}
	if err := expect(again.ResourceVersion == made.ResourceVersion, "applied again: %s, %s", made.ResourceVersion, again.ResourceVersion); err != nil {
		return err
	}
	other := appsv1ac.Deployment("applied", w.namespace).WithSpec(appsv1ac.DeploymentSpec().WithReplicas(2))
	two := metav1.ApplyOptions{FieldManager: "two"}
	if _, err = deployments.Apply(ctx, other, two); !apierrors.IsConflict(err) {
		return fmt.Errorf("no conflict: %v", err)
	}
	two.Force = true
	taken, err := deployments.Apply(ctx, other, two)
	if err != nil {
		return fmt.Errorf("force: %w", err)
	}
	mine, err := appsv1ac.ExtractDeployment(taken, "two")
	if err != nil {
		return err
	}
	theirs, err := appsv1ac.ExtractDeployment(taken, "one")
	if err != nil {
		return err
	}
	if err := first(
		expect(*taken.Spec.Replicas == 2, "replicas %d", *taken.Spec.Replicas),
		expect(mine.Spec != nil && *mine.Spec.Replicas == 2 && mine.Spec.Template == nil, "two owns %+v", mine.Spec),
		expect(theirs.Spec != nil && theirs.Spec.Replicas == nil && len(theirs.Spec.Template.Spec.Containers) == 1, "one owns %+v", theirs.Spec),
	); err != nil {
		return err
	}
	status := appsv1ac.Deployment("applied", w.namespace).WithStatus(appsv1ac.DeploymentStatus().WithReplicas(2).WithReadyReplicas(1))
	shown, err := deployments.ApplyStatus(ctx, status, metav1.ApplyOptions{FieldManager: "three"})
	if err != nil {
		return fmt.Errorf("apply status: %w", err)
	}
	return expect(shown.Status.ReadyReplicas == 1, "status %+v", shown.Status)
}
